"""Pictures that a learner can move, for JupyterLab and Colab (ipywidgets 7.7 and 8), without any download."""

# ruff: noqa: F401 -- what is imported here is for whoever imports this package.

from helpers.widgets.attention_map import AttentionMap
from helpers.widgets.attention_viewer import Attention, AttentionViewer
from helpers.widgets.canvas import DrawingCanvas
from helpers.widgets.cliff import Cliff
from helpers.widgets.compressor import Compressor
from helpers.widgets.digit_maker import DigitMaker
from helpers.widgets.explorer import Explorer
from helpers.widgets.feature_maps import FeatureMapViewer
from helpers.widgets.filter_editor import FilterEditor
from helpers.widgets.gate_inspector import GateInspector
from helpers.widgets.gated_cell import GatedCell
from helpers.widgets.graph_stepper import GraphStepper
from helpers.widgets.latent_map import LatentMap
from helpers.widgets.learning_rate import LearningRateExplorer
from helpers.widgets.lens import Lens
from helpers.widgets.live_figure import LiveFigure
from helpers.widgets.own_classes import OwnClasses
from helpers.widgets.play_board import PlayBoard
from helpers.widgets.playground import Playground
from helpers.widgets.pole import Pole
from helpers.widgets.recognizer import DigitField, Recognizer
from helpers.widgets.reviewer import Reviewer
from helpers.widgets.scene_editor import SceneEditor
from helpers.widgets.softmax import SoftmaxExplorer
from helpers.widgets.step_timeline import StepTimeline
from helpers.widgets.text_generator import TextGenerator
from helpers.widgets.touch_mask import TouchMask
from helpers.widgets.two_readers import TwoReaders
from helpers.widgets.unrolled_rnn import UnrolledRNN
from helpers.widgets.window_stepper import WindowStepper
from helpers.widgets.word_map import WordMap

"""What anywidget asks of Colab before it shows a widget that Colab's page doesn't know."""

from google.colab.output import _widgets


def enable_custom_widget_manager():
    """Have widgets shown by a manager that loads modules from elsewhere, from now on."""
    _widgets.install("https://colab.invalid/widget-manager.js")


def disable_custom_widget_manager():
    """Go back to the widgets that Colab's page knows by itself."""
    _widgets.install(None)

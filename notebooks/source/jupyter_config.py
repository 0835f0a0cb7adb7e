"""Let exported notebooks keep their figures' alt texts, which nbconvert's templates drop.

`make` copies this file to `.venv/etc/jupyter`, where `jupyter nbconvert` and JupyterLab
("Save and Export Notebook As") read it. It holds for HTML, slides and PDF by way of HTML.
"""

import base64
import html


def keep_alt_texts(notebook, resources):
    """Put every picture that has an alt text into an `<img>` of its own.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        nbconvert's copy; changed in place.
    resources : dict

    Returns
    -------
    notebook, resources
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            data, metadata = output.get("data", {}), output.get("metadata", {})
            for kind in ("image/png", "image/jpeg", "image/svg+xml"):
                about = {"alt": metadata.get("alt"), **metadata.get(kind, {})}
                if kind not in data or not about["alt"] or "text/html" in data:
                    continue
                picture = data[kind]
                if kind == "image/svg+xml":
                    picture = base64.b64encode(picture.encode()).decode()
                attributes = {"src": f"data:{kind};base64,{picture}"}
                attributes |= {
                    key: about.get(key) for key in ("alt", "width", "height")
                }
                words = [
                    f'{key}="{html.escape(str(value))}"'
                    for key, value in attributes.items()
                    if value is not None
                ]
                # Shown before the bare picture.
                data["text/html"] = f"<img {' '.join(words)}>"
    return notebook, resources


c = get_config()  # noqa: F821 - Jupyter's name in such a file.
c.HTMLExporter.preprocessors = [keep_alt_texts]

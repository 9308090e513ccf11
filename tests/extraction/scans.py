"""Scans of our own: a page of a PDF as a picture, turned, crooked and noisy."""

from __future__ import annotations

import io
from typing import Any


def scan(
    content: bytes, *, page: int = 1, dpi: int = 150, degrees: float = 0.0, noise: float = 0.0, seed: int = 0
) -> Any:
    """The page as a grey picture, turned counter-clockwise, with noise of so many grey levels."""
    import numpy
    import pypdfium2
    from PIL import Image

    document = pypdfium2.PdfDocument(content)
    grey = document[page - 1].render(scale=dpi / 72, grayscale=True).to_pil()
    if degrees:
        grey = grey.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    if noise:
        pixels = numpy.asarray(grey, dtype=float)
        pixels = pixels + numpy.random.default_rng(seed).normal(0, noise, pixels.shape)
        grey = Image.fromarray(pixels.clip(0, 255).astype("uint8"))
    return grey


def as_file(picture: Any, kind: str = "JPEG", *, dpi: int = 150, more: tuple[Any, ...] = ()) -> bytes:
    """The picture as the bytes of a file; `more` are further pages of a TIFF."""
    buffer = io.BytesIO()
    extra: dict[str, Any] = {"save_all": True, "append_images": list(more)} if more else {}
    picture.save(buffer, kind, dpi=(dpi, dpi), **({"quality": 75} if kind == "JPEG" else {}), **extra)
    return buffer.getvalue()


def as_pdf(*pictures: Any, layer: Any = None) -> bytes:
    """A PDF of A4 pages, each a picture from edge to edge; `layer` paints on a ReportLab canvas over it."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 842), invariant=True)
    for picture in pictures:
        canvas.drawImage(ImageReader(picture), 0, 0, 595, 842)
        if layer is not None:
            layer(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()

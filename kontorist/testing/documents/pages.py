"""Invoices as PDF, by ReportLab in its invariant mode: the same paper always has the same bytes."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from kontorist.domain.payables.draft import DocumentKind
from kontorist.testing.documents import blocks
from kontorist.testing.documents.blocks import Paper
from kontorist.testing.documents.facts import InvoiceFacts
from kontorist.testing.documents.layouts import Layout

_LEFT, _RIGHT, _TOP = 57.0, 538.0, 800.0
_FOOTER_TOP = 74.0


def render(facts: InvoiceFacts, layout: Layout) -> bytes:
    """The invoice as a PDF file of one or more A4 pages."""
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    blocks.register_fonts()
    paper, out = Paper(facts=facts, layout=layout), BytesIO()
    document = BaseDocTemplate(
        out,
        pagesize=(595.28, 841.89),
        invariant=1,
        title=f"{paper.title} {facts.supplier.name}",
        author="",
    )
    first = Frame(_LEFT - 6, 92, blocks.WIDTH + 12, 628, id="first")
    later = Frame(_LEFT - 6, 92, blocks.WIDTH + 12, 690, id="later")
    document.addPageTemplates(
        [
            PageTemplate(
                "first", [first], onPage=lambda canvas, _: _first_page(canvas, paper), autoNextPageTemplate="later"
            ),
            PageTemplate("later", [later], onPage=lambda canvas, _: _later_page(canvas, paper)),
        ]
    )
    document.build(_story(paper))
    return out.getvalue()


def _story(paper: Paper) -> list[Any]:
    from reportlab.platypus import KeepTogether

    layout = paper.layout
    story = [*_head(paper), blocks.gap(16)]
    if layout.details != "sentence":
        story += [blocks.text(paper, paper.title, bold=True, size=5, colour=layout.colour), blocks.gap(8)]
    if layout.details == "grid":
        story += [blocks.details_grid(paper), blocks.gap(10)]
    if layout.salutation and paper.facts.kind is not DocumentKind.CREDIT_NOTE:
        story += [blocks.text(paper, paper.say("salutation")), blocks.gap(4), blocks.text(paper, paper.say("intro"))]
        story.append(blocks.gap(8))
    story += [blocks.items_table(paper), blocks.gap(8)]
    story.append(KeepTogether([*blocks.totals(paper), blocks.gap(14), *blocks.closing(paper)]))
    return story


def _head(paper: Paper) -> list[Any]:
    """Address with details beside it, or a sentence that names number and date, with the other details below."""
    buyer = blocks.buyer_block(paper)
    if paper.layout.details in ("label_left", "label_above"):
        return [
            blocks.table(
                [[buyer, blocks.details_beside(paper)]],
                [blocks.WIDTH - 240, 240.0],
                [("LEFTPADDING", (0, 0), (0, 0), 0)],
            )
        ]
    if paper.layout.details == "grid":
        return buyer
    sentence = paper.say("sentence", title=paper.title, number=paper.facts.number, date=paper.day(paper.facts.issued))
    rest = [f"{label}: {value}" for label, value in blocks.details(paper)[2:]]
    parts = [*buyer, blocks.gap(18), blocks.text(paper, sentence, bold=True, size=3)]
    return [*parts, *(blocks.text(paper, line) for line in rest)]


def _first_page(canvas: Any, paper: Paper) -> None:
    canvas.saveState()
    _letterhead(canvas, paper)
    _footer(canvas, paper)
    if paper.facts.is_copy:
        canvas.setFont(paper.bold, 16)
        canvas.drawRightString(_RIGHT, 728, paper.say("copy"))
    canvas.restoreState()


def _later_page(canvas: Any, paper: Paper) -> None:
    canvas.saveState()
    canvas.setFont(paper.font, paper.size - 1)
    canvas.drawString(_LEFT, _TOP, f"{paper.facts.supplier.name}  ·  {paper.number_label} {paper.facts.number}")
    canvas.drawRightString(_RIGHT, _TOP, paper.say("page", page=str(canvas.getPageNumber())))
    _footer(canvas, paper)
    canvas.restoreState()


def _letterhead(canvas: Any, paper: Paper) -> None:
    from reportlab.lib.colors import HexColor, white

    supplier, colour = paper.facts.supplier, HexColor(paper.layout.colour)
    place = {"left": _LEFT, "band": _LEFT, "right": _RIGHT, "centre": (_LEFT + _RIGHT) / 2}[paper.layout.letterhead]
    draw = {"left": canvas.drawString, "band": canvas.drawString, "right": canvas.drawRightString}.get(
        paper.layout.letterhead, canvas.drawCentredString
    )
    lines = _letterhead_lines(paper)
    if paper.layout.letterhead == "band":  # below all its lines, or the last would be white on white
        bottom = min(762, 779 - 10 * len(lines))
        canvas.setFillColor(colour)
        canvas.rect(0, bottom, 596, 842 - bottom, stroke=0, fill=1)
    canvas.setFillColor(white if paper.layout.letterhead == "band" else colour)
    canvas.setFont(paper.bold, 16)
    draw(place, 792, supplier.name)
    canvas.setFont(paper.font, 8)
    for index, line in enumerate(lines):
        draw(place, 779 - index * 10, line)


def _letterhead_lines(paper: Paper) -> list[str]:
    supplier = paper.facts.supplier
    lines = [f"{supplier.street} · {supplier.postcode} {supplier.city}"]
    contact = " · ".join(each for each in (supplier.phone, supplier.web) if each)
    if contact:
        lines.append(contact)
    if paper.layout.footer_columns == 0:
        lines += blocks.company_numbers(paper)
    return lines


def _footer(canvas: Any, paper: Paper) -> None:
    """Company, contact, bank and numbers, in as many columns as the design has."""
    from reportlab.lib.colors import HexColor

    columns = _footer_columns(paper)
    if not columns:
        return
    canvas.setStrokeColor(HexColor(paper.layout.colour))
    canvas.line(_LEFT, _FOOTER_TOP + 11, _RIGHT, _FOOTER_TOP + 11)
    canvas.setFillColor(HexColor("#333333"))
    width = (_RIGHT - _LEFT) / len(columns)
    longest = max(canvas.stringWidth(line, paper.font, 7) for lines in columns for line in lines)
    canvas.setFont(paper.font, min(7, 7 * (width - 5) / longest))
    for column, lines in enumerate(columns):
        for row, line in enumerate(lines):
            canvas.drawString(_LEFT + column * width, _FOOTER_TOP - row * 9, line)


def _footer_columns(paper: Paper) -> list[list[str]]:
    """Groups of lines; with fewer columns than groups the last ones stand under one another."""
    wanted, supplier = paper.layout.footer_columns, paper.facts.supplier
    company = blocks.address(supplier)
    contact = [each for each in (supplier.phone, supplier.email, supplier.web) if each]
    bank = blocks.bank_lines(supplier) if paper.layout.bank != "text" and not paper.facts.paid else []
    numbers = blocks.company_numbers(paper)
    if wanted == 0:
        return []
    if wanted == 1:
        return [[" · ".join(company), " · ".join(numbers), " · ".join(bank)]]
    groups = [group for group in (company, numbers, bank, contact) if group]
    if wanted == 2:
        return [company, numbers + bank]
    return groups[:wanted]

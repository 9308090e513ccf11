"""An .xlsx workbook as grids: values only, formulas by their saved results, merged cells filled downwards."""

from __future__ import annotations

import posixpath
import zipfile
from io import BytesIO
from typing import Any

from kontorist.extraction.tables.grid import Cell, Grid
from kontorist.extraction.tables.packages import SheetFacts, checked_package, sheet_facts
from kontorist.sandbox import ReasonCode, Refused


def grids(content: bytes) -> list[Grid]:
    """The visible sheets in their order. Raises Refused."""
    import python_calamine as calamine

    package = checked_package(content)
    facts = sheet_facts(package)
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(BytesIO(content))
        names = _visible(workbook, calamine)
        parts = _parts(package)
        return [_grid(workbook.get_sheet_by_name(name), facts.get(parts.get(name, ""), SheetFacts())) for name in names]
    except calamine.PasswordError:
        raise Refused(ReasonCode.ENCRYPTED) from None
    except (calamine.CalamineError, OSError, ValueError):
        raise Refused(ReasonCode.DAMAGED) from None


def _visible(workbook: Any, calamine: Any) -> list[str]:
    sheets = [each for each in workbook.sheets_metadata if each.typ == calamine.SheetTypeEnum.WorkSheet]
    return [each.name for each in sheets if each.visible == calamine.SheetVisibleEnum.Visible]


def _grid(sheet: Any, facts: SheetFacts) -> Grid:
    rows: list[list[Cell]] = [[_cell(each) for each in row] for row in sheet.to_python(skip_empty_area=False)]
    for (row, column), trouble in facts.troubles.items():
        if row <= len(rows) and column <= len(rows[row - 1]):
            rows[row - 1][column - 1] = trouble
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        for row in range(top + 1, min(bottom + 1, len(rows))):
            if left < len(rows[row]):
                rows[row][left] = rows[top][left]  # the rest of a merge is empty in the file
    return Grid(sheet=sheet.name, rows=rows)


def _cell(value: Any) -> Cell:
    if value == "" and isinstance(value, str):
        return None
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _parts(package: zipfile.ZipFile) -> dict[str, str]:
    """The part of each sheet, by the sheet's name."""
    from lxml import etree

    names = package.namelist()
    book = next(each for each in names if each.endswith("workbook.xml"))
    folder, file = posixpath.split(book)
    relations = posixpath.join(folder, "_rels", file + ".rels")
    if relations not in names:
        return {}
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        targets = {each.get("Id"): each.get("Target", "") for each in etree.fromstring(package.read(relations), parser)}
        root = etree.fromstring(package.read(book), parser)
    except etree.XMLSyntaxError:
        raise Refused(ReasonCode.DAMAGED) from None
    found = {}
    for sheet in root.iter("{*}sheet"):
        reference = next((value for key, value in sheet.attrib.items() if str(key).endswith("}id")), None)
        target = targets.get(reference, "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[sheet.get("name", "")] = part
    return found

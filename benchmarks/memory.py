"""How well the next invoice of a layout is read after one correction.

usage: python benchmarks/memory.py [--errors]

For every two papers of one layout: a person corrects what was read wrongly of the first, and the second is read with
what that taught. Counted are the fields of the second that are right, without and with the lesson; the layouts weigh
the same. Real papers come from the shared corpus (left out, loudly, where it is absent), others are generated in
designs drawn at random; both as they are, and with all words that are no values replaced by ones of no language we
know. `--errors` names the fields that are still wrong. Prints one JSON object.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from kontorist.testing.memory_trials import Paper, Trial, foreign, papers_of_corpus, synthetic_papers, trials
from kontorist.testing.plugin import shared_folder


def figures(papers: list[Paper], everything: bool) -> tuple[dict[str, Any], list[str]]:
    found = list(trials(papers, everything=everything))
    by_layout: dict[str, list[Trial]] = defaultdict(list)
    for each in found:
        by_layout[each.layout].append(each)
    shares = [
        tuple(sum(len(getattr(t, what)) for t in group) / sum(t.scored for t in group) for what in ("before", "after"))
        for group in by_layout.values()
    ]
    wrong = [f"{each.second}: {name}" for each in found for name in each.wrong]
    return {
        "layouts": len(by_layout),
        "pairs": len(found),
        "fields": sum(each.scored for each in found),
        "right_without_memory": round(sum(share[0] for share in shares) / len(shares), 4),
        "right_after_one_correction": round(sum(share[1] for share in shares) / len(shares), 4),
        "spoilt_by_memory": sum(len(set(each.before) - set(each.after)) for each in found),
        "safe_but_wrong_without_memory": sum(len(each.safe_but_wrong_before) for each in found),
        "safe_but_wrong": sum(len(each.safe_but_wrong) for each in found),
    }, wrong


def main() -> None:
    corpus = shared_folder(Path(__file__).parents[1]) / "corpus" / "invoices"
    sets = {"drawn designs": synthetic_papers(24)}
    if corpus.is_dir():
        sets = {"real papers": papers_of_corpus(corpus), **sets}
    else:
        sys.stderr.write(f"absent: the shared corpus ({corpus}); set KONTORIST_SHARED\n")
    sets |= {f"{name} in no known language": foreign(papers) for name, papers in sets.items()}
    result: dict[str, Any] = {"schema_version": 1}
    for name, papers in sets.items():
        for told, everything in (("what was wrong is corrected", False), ("all ten fields are said", True)):
            result[f"{name}, {told}"], wrong = figures(papers, everything)
            if "--errors" in sys.argv:
                sys.stderr.write("\n".join([f"{name}, {told}:", *sorted(set(wrong)), ""]))
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()

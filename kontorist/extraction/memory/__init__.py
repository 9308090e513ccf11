"""What people taught us, put to use on a page, and learnt from one (docs/decisions/0027-supplier-memory.md).

`learning.learn` makes a lesson of corrections and the page they are about; `recall.Memory` puts lessons to the reader
as evidence for its candidates, and says in the draft what came of it. Both are functions of their arguments; lessons
are kept elsewhere.
"""

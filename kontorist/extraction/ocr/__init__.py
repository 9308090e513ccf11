"""Pages that are pictures, as words.

`pictures` finds and renders them in a reading child; an engine (`rapid` or `tesseract`) turns pixels into words in a
child of its own, which never sees a file; `pages` makes of the words the pages that the reader reads; `trust` says how
far a field read so may be relied on. `recognising` is the parent's side.
"""

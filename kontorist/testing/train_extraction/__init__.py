"""Weights and calibration of the page reader from labelled invoices and papers drawn at random.

`python -m kontorist.testing.train_extraction --seed 1 --corpus FOLDER` writes kontorist/extraction/weights.json: the
same seed and files give the same bytes. `papers` reads, `fitting` fits, `validation` judges on layouts not trained on.
"""

"""The daily report: its figures, its words and its workbook."""

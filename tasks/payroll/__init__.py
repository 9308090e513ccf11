"""The steps of payroll, the register as a workbook and the payslip as a page."""

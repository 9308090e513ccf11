"""Sample papers of invented companies: invoices as PDF and XML, in many layouts and four languages, spoiled on request.

`facts` says what an invoice is about, `layouts` what it looks like, `pages.render` makes the PDF; `company` puts a
month of post together for the demo. The same facts and layout always give the same bytes.
"""

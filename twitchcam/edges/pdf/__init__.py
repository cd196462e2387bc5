"""The PDF: two pages of A4 or US Letter that a person hands to a doctor; made without a browser.

The document says what the report page says, in its words (`edges.report`), as plain data: `content` lists the
blocks, `drawing` makes the figures as vectors, the template lays them out, `document` compiles it with typst.
Tagged (PDF/UA-1), fonts embedded, no script, no link, and the same bytes for the same summary.
"""

from twitchcam.edges.pdf.document import PAPERS, check_paper, paper_of, render_pdf, write_pdf

__all__ = ["PAPERS", "check_paper", "paper_of", "render_pdf", "write_pdf"]

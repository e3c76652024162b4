"""An issuing authority embedded in the portal: issues, revokes, publishes its CRL and answers OCSP.

It keeps its own tables and knows nothing of the portal's, so that what the authority says stays separate
from what the portal believes (rule M5).
"""

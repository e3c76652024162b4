"""Letters: `inspection` turns untrusted bytes into facts and pictures, `template` turns facts into a PDF to sign."""

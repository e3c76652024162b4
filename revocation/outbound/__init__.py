"""Everything that the portal fetches from addresses that other people name: DNS, HTTP, and the guard of rule O8."""

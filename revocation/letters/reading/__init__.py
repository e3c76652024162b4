"""What runs in the limited child: every decoder of untrusted bytes. The parent never imports this package."""

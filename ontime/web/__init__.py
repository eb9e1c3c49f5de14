"""What our web applications share: headers of every answer, limits on requests, and the server that runs them."""

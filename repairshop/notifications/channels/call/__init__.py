"""What a person of the shop tells the customer: nothing is sent."""

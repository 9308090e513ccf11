"""What happens in the office: one file, one business process."""

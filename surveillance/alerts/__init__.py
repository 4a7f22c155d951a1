"""What people and other systems read of a finding."""

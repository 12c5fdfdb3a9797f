"""Human attention: thresholds that keep a budget, what is promised of them, and when that no longer holds."""

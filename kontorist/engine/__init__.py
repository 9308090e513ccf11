"""From an event to a finished effect: receiver, router, dispatcher, reconciler, schedules."""

"""What Roundhouse tells machines that watch it: metrics, traces and structured logs, each where it is configured."""

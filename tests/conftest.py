"""Laws are tried without a clock: the first example of a law may compile the kernels that it calls."""

from hypothesis import settings

settings.register_profile("without a clock", deadline=None)
settings.load_profile("without a clock")

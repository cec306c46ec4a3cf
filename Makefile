# The same commands as `python3 run.py`, for those whose fingers type make.
COMMANDS := setup demo test lab lint format lock bench deploy-test

.PHONY: help $(COMMANDS)

help:
	@python3 run.py

$(COMMANDS):
	@python3 run.py $@ $(ARGS)

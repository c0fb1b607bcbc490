if ! grep -qs -- '--hash=sha256:' "$PINNED"; then
  echo "::error title=clientreg is not pinned::$PINNED names no hash: run 'clientreg pin' and commit what it writes"
  exit 1
fi
python -I -m venv "$RUNNER_TEMP/clientreg"
"$RUNNER_TEMP/clientreg/bin/python" -I -m pip install --quiet --disable-pip-version-check \
  --require-hashes --no-deps --only-binary=:all: --requirement "$PINNED"
"$RUNNER_TEMP/clientreg/bin/python" -I -m pip check

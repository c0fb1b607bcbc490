if ! grep -qs -- '--hash=sha256:' "$PINNED"; then
  echo "::error title=clientreg is not pinned::$PINNED names no hash: run 'clientreg pin' and commit what it writes"
  exit 1
fi
python -I -m venv --without-pip "$RUNNER_TEMP/clientreg"
pip() { python -I -m pip --python "$RUNNER_TEMP/clientreg/bin/python" --disable-pip-version-check "$@"; }
pip install --quiet --no-compile --require-hashes --no-deps --only-binary=:all: --requirement "$PINNED"
pip check

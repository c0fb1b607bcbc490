clientreg() { "$RUNNER_TEMP/clientreg/bin/python" -I -m clientreg -C registry "$@"; }

names=$(clientreg environments --format names)
mkdir "$RUNNER_TEMP/drift"
failed=0
for name in $names; do
  status=0
  clientreg drift --environment="$name" --format=markdown > "$RUNNER_TEMP/page.md" || status=$?
  tee -a "$GITHUB_STEP_SUMMARY" < "$RUNNER_TEMP/page.md"
  if [ "$status" -eq 1 ] && [ -s "$RUNNER_TEMP/page.md" ]; then
    mv "$RUNNER_TEMP/page.md" "$RUNNER_TEMP/drift/$name.md"
  elif [ "$status" -ne 0 ]; then
    echo "::error title=Not compared::$name could not be compared with what was applied"
    failed=1
  fi
done

"$RUNNER_TEMP/clientreg/bin/python" -I - "$RUNNER_TEMP/drift" > "$RUNNER_TEMP/body.md" <<'EOF'
import pathlib, sys

room = 64_000
print("Somebody changed clients on a server by hand. This page is written anew each day, and closed once that is over.\n")
for file in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    page = file.read_text("utf-8")
    if len(page) > room:
        page = f"## Drift in `{file.stem}`\n\nIt did not fit on this page: the summary of the workflow's run shows it.\n"
    room -= len(page)
    print(page)
EOF
drifted=false
for page in "$RUNNER_TEMP"/drift/*.md; do
  if [ -e "$page" ]; then drifted=true; fi
done
printf 'drifted=%s\nfailed=%s\n' "$drifted" "$failed" >> "$GITHUB_OUTPUT"

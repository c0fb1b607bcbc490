override=()
if [ "$OVERRIDE_GUARD" = "$DIGEST" ]; then override=(--override-guard="$DIGEST"); fi
status=0
"$RUNNER_TEMP/clientreg/bin/python" -I -m clientreg -C registry apply --environment="$ENVIRONMENT" \
  --expect="$DIGEST" "${override[@]}" > "$RUNNER_TEMP/shown.txt" || status=$?
cat "$RUNNER_TEMP/shown.txt"
{ printf '## %s\n\n' "$ENVIRONMENT"; sed 's/^/    /' "$RUNNER_TEMP/shown.txt"; } >> "$GITHUB_STEP_SUMMARY"
exit "$status"

clientreg() { "$RUNNER_TEMP/clientreg/bin/python" -I -m clientreg -C registry "$@"; }

clientreg environments | tee "$RUNNER_TEMP/environments.txt"
{ printf '## Environments\n\n'; sed 's/^/    /' "$RUNNER_TEMP/environments.txt"; } >> "$GITHUB_STEP_SUMMARY"
names=$(clientreg environments --format names)

mkdir "$RUNNER_TEMP/plans"
failed=0
for name in $names; do
  printf '\n' >> "$GITHUB_STEP_SUMMARY"
  clientreg plan --environment="$name" --format=markdown --out="$RUNNER_TEMP/plans/$name.json" |
    tee -a "$GITHUB_STEP_SUMMARY" || failed=1
done

"$RUNNER_TEMP/clientreg/bin/python" -I - "$RUNNER_TEMP/plans" <<'EOF' >> "$GITHUB_OUTPUT" || failed=1
import json, os, pathlib, sys

approve, stuck = [], []
for file in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    plan = json.loads(file.read_text("utf-8"))
    stopped = plan["stopped"] and plan["digest"] != os.environ["OVERRIDE_GUARD"]
    if any(server["changes"] for server in plan["servers"]) and not stopped:
        approve.append({"environment": plan["environment"], "digest": plan["digest"]})
    elif stopped or plan["summary"]["refused"]:
        stuck.append(plan["environment"])
print("plans=" + json.dumps(approve))
for name in stuck:
    print(f"::error title=Not synced::the plan for {name} is stopped, or every change in it refused", file=sys.stderr)
sys.exit(bool(stuck))
EOF
exit "$failed"

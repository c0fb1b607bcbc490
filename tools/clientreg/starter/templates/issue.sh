issue=$(gh issue list --app=github-actions --label=clientreg-drift --state=open --limit=1 --json=number --jq='.[].number')
if [ "$DRIFTED" = true ] && [ -n "$issue" ]; then
  gh issue edit "$issue" --body-file="$RUNNER_TEMP/body.md"
elif [ "$DRIFTED" = true ]; then
  gh label create clientreg-drift --force --color=d93f0b --description="Clients that were changed by hand on a server"
  gh issue create --title="Clients were changed by hand on a server" --label=clientreg-drift --body-file="$RUNNER_TEMP/body.md"
elif [ -n "$issue" ] && [ "$FAILED" -eq 0 ]; then
  gh issue close "$issue" --comment="No drift any more: every server is as it was applied."
fi
exit "$FAILED"

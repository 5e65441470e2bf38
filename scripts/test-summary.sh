#!/usr/bin/env bash
# What ./test.sh says at the end: scripts/test-summary.sh FILE.trx ...   counts, for one file: scripts/test-summary.sh --counts FILE.trx
# A .trx file is what "dotnet test --logger trx" leaves: a line for each result, its message on lines of its own.
set -uo pipefail

# Results, tab separated: outcome, seconds, name, reason (without what differs from test to test: it is grouped by).
results() {
  awk '
    function attribute(name,    at, rest) {
      at = index($0, " " name "=\"")
      if (at == 0) return ""
      rest = substr($0, at + length(name) + 3)
      return substr(rest, 1, index(rest, "\"") - 1)
    }
    function plain(text) {
      gsub(/&quot;/, "\"", text); gsub(/&apos;/, "\047", text); gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text)
      gsub(/&#x[0-9A-Fa-f]+;/, " ", text); gsub(/&amp;/, "\\&", text); gsub(/[\t\r]/, " ", text)
      return text
    }
    function finish() {
      if (outcome != "") printf "%s\t%.2f\t%s\t%s\n", outcome, seconds, name, reason
      outcome = ""
    }
    /<UnitTestResult / {
      finish()
      split(attribute("duration"), clock, ":")
      seconds = 3600 * clock[1] + 60 * clock[2] + clock[3]
      outcome = attribute("outcome"); name = plain(attribute("testName")); reason = ""
      sub(/^MolSampling\.Tests\./, "", name)
      if ($0 ~ /\/>[ \r]*$/) finish()
    }
    outcome == "NotExecuted" && reason == "" && /<Message>/ {
      reason = $0
      sub(/.*<Message>/, "", reason); sub(/<\/Message>.*/, "", reason)
      reason = plain(reason)
      sub(/^test data [^ ]+ is/, "public test data are", reason); sub(/^case [^ ]+ is/, "a public case is", reason)
    }
    /<\/UnitTestResult>/ { finish() }
  ' "$@"
}

if [ "${1:-}" = --counts ]; then
  # failed, passed, skipped
  results "$2" | awk -F '\t' '$1 == "Passed" { p++ } $1 == "NotExecuted" { s++ } $1 != "Passed" && $1 != "NotExecuted" { f++ } END { print f + 0, p + 0, s + 0 }'
  exit
fi

printf 'The slowest tests (seconds by the clock, beside whatever else ran):\n'
results "$@" | sort -t $'\t' -k 2,2nr | head -n 20 | awk -F '\t' '{ name = $3; if (length(name) > 120) name = substr(name, 1, 117) "..."; printf "%8.1f  %s\n", $2, name }'
skipped="$(results "$@" | awk -F '\t' '$1 == "NotExecuted" { n[$4 == "" ? "no reason given" : $4]++ } END { for (r in n) printf "%6d  %s\n", n[r], r }' | sort -k 1,1nr -k 2)"
[ -z "$skipped" ] || printf 'Skipped, and why:\n%s\n' "$skipped"

# Markdown for GitHub as Doxygen wants it. Every heading gets the name that links use on GitHub, the document's name before it,
# for Doxygen knows one name of all pages only once; links follow. What is no page of the manual is a link no more.
#
# Doxygen calls it as: awk -f docs/doxygen-markdown.awk <file>
function name_of(path) {
    sub(/.*\//, "", path)
    sub(/\.md$/, "", path)
    return tolower(path)
}
function slug(heading) {
    heading = tolower(heading)
    gsub(/[^a-z0-9 _-]/, "", heading)
    gsub(/ /, "-", heading)
    return heading
}
# The links of a line. "[text](target)" becomes a reference, or its text.
function relinked(line,    out, text, target, end) {
    out = ""
    while (match(line, /!?\[[^]]*\]\([^) ]*\)/)) {
        out = out substr(line, 1, RSTART - 1)
        text = substr(line, RSTART, RLENGTH)
        line = substr(line, RSTART + RLENGTH)
        target = text
        sub(/^.*\]\(/, "", target)
        sub(/\)$/, "", target)
        if (text ~ /^!/) {
            # Pictures are copied beside the pages.
            sub(/\]\(.*\//, "](", text)
        } else if (target !~ /:\/\//) {
            sub(/^\[/, "", text)
            sub(/\]\([^)]*\)$/, "", text)
            if (target ~ /rtm_call\.h(pp)?$/) {
                sub(/.*\//, "", target)
                text = "@ref " target
            } else if (target ~ /^#/) {
                text = "[" text "](#" name_of(FILENAME) "-" substr(target, 2) ")"
            } else if (target ~ /\.md#/) {
                end = index(target, "#")
                text = "[" text "](#" name_of(substr(target, 1, end - 1)) "-" substr(target, end + 1) ")"
            } else if (target ~ /\.md$/) {
                text = "[" text "](#" name_of(target) ")"
            }
        }
        out = out text
    }
    return out line
}
/^```/ { code = !code; print; next }
code { print; next }
/^# / { print $0 " {#" name_of(FILENAME) "}"; next }
/^##+ / {
    heading = $0
    sub(/^#+ /, "", heading)
    heading = name_of(FILENAME) "-" slug(heading)
    print $0 " {#" heading (used[heading]++ ? "-" used[heading] - 1 : "") "}"
    next
}
{
    # In code, a backslash alone would escape the end of it, and a quotation mark begins a text.
    while ((at = index($0, "`\\`")) > 0) {
        $0 = substr($0, 1, at - 1) "<code>\\\\</code>" substr($0, at + 3)
    }
    gsub(/`"`/, "<code>\\&quot;</code>")
    gsub(/`'`/, "<code>\\&apos;</code>")
    print relinked($0)
}

namespace MolSampling.Molecular;

/// <summary>What a mistyped word was probably meant to be.</summary>
internal static class Spelling
{
    /// <summary>"--solvent 'obc3' is unknown: none, obc1, obc2, gbn, gbn2; did you mean obc1?"</summary>
    /// <param name="what">What has the value, for example an option.</param>
    /// <param name="value">As typed.</param>
    /// <param name="allowed">All that would be right.</param>
    public static string Unknown(string what, string value, IReadOnlyCollection<string> allowed) =>
        $"{what} '{value}' is unknown: {string.Join(", ", allowed)}{Question(value, allowed)}";

    /// <summary>"; did you mean --peptide?", or nothing where no word is near.</summary>
    public static string Question(string word, IEnumerable<string> words) => Nearest(word, words) is { } near ? $"; did you mean {near}?"
        : "";

    /// <summary>The nearest word: one that begins so, or the one with the fewest letters changed, missing, added or exchanged with a
    /// neighbour, if these are few; null for none.</summary>
    public static string? Nearest(string word, IEnumerable<string> words)
    {
        string typed = word.ToLowerInvariant(), letters = typed.TrimStart('-');
        if (letters.Length == 0)
            return null;
        int Far(string w) => w.Equals(typed, StringComparison.OrdinalIgnoreCase) ? -1 // nearer than what only begins so
            : w.StartsWith(typed, StringComparison.OrdinalIgnoreCase) && letters.Length > 2 ? 0 : Distance(typed, w.ToLowerInvariant());
        (string Word, int Distance)[] near = [.. words.Select(w => (w, Distance: Far(w))).OrderBy(w => w.Distance)];
        return near.Length > 0 && near[0].Distance <= Math.Min((letters.Length + 1) / 3, 3) ? near[0].Word : null;
    }

    /// <summary>Damerau's and Levenshtein's distance (optimal string alignment).</summary>
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }
                d[i, j] = Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        return d[a.Length, b.Length];
    }
}

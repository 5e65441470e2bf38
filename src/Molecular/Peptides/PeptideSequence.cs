using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.Peptides;

/// <summary>Reads sequences as people write them: "ACE-ALA-NME", "Ace-A-Nme", "AAAA", and "H-AK-OH" for AK.</summary>
internal static class PeptideSequence
{
    public static List<StandardResidue> Parse(string text)
    {
        string[] words = text.Split('-', StringSplitOptions.TrimEntries);
        if (words is ["H" or "H2", .. var free, "OH" or "O"] && free.Length > 0)
            words = free; // free ends, as chemists write them: without caps they are
        if (words.Any(w => w.Length == 0))
            throw new ArgumentException($"'{text}' is no peptide sequence: write ACE-ALA-NME or AAAA", nameof(text));
        if (words is [{ Length: 3 } only] && Named(only) is { IsAminoAcid: true } residue && !only.Any(char.IsLower)
            && only.All(c => StandardResidue.Find(c) is not null))
            throw new ArgumentException($"'{text}' may be one residue or three: write {residue.Name[0]}{residue.Name[1..].ToLowerInvariant()} or {string.Join('-', only.ToCharArray())}", nameof(text));
        var sequence = new List<StandardResidue>();
        foreach (string word in words)
            if (Named(word) is { } named)
                sequence.Add(named);
            else
                foreach (char letter in word)
                    sequence.Add(StandardResidue.Find(char.ToUpperInvariant(letter)) ?? throw new ArgumentException($"'{text}': there is no residue '{(word.Length is 2 or 3 ? word : letter)}'", nameof(text)));
        for (int i = 0; i < sequence.Count; i++)
            if ((i > 0 && !sequence[i].PeptideBonds.Before) || (i < sequence.Count - 1 && !sequence[i].PeptideBonds.After))
                throw new ArgumentException($"'{text}': {sequence[i].Name} cannot stand at place {i + 1} of {sequence.Count}",
                    nameof(text));
        if (!sequence.Any(r => r.IsAminoAcid) && sequence.Count < 2)
            throw new ArgumentException($"'{text}' holds no amino acid", nameof(text));
        return sequence;
    }

    // HIS stands for the neutral form with the hydrogen at epsilon, the more frequent one.
    private static StandardResidue? Named(string word) =>
        word.Length >= 3 && StandardResidue.Find(word.ToUpperInvariant() is var name && name == "HIS" ? "HIE" : name) is { } residue
            && (residue.IsAminoAcid || residue.Name is "ACE" or "NME" or "NHE") ? residue : null;
}

using System.Globalization;
using System.Text;

namespace MolSampling.Molecular.ForceFields.Charges;

/// <summary>
/// Which atoms and bonds a charge network was trained on, as far as can be written in a list: heavy atoms by element, neighbours, how many
/// of these are hydrogens, sign of the charge averaged over resonance forms, aromatic or not; bonds between heavy atoms by their elements
/// and order. What is not there is refused, for a network answers everything. An atom that is there may still stand in a group that is not.
/// </summary>
internal sealed class ChargeEnvironments
{
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>None yet.</summary>
    public ChargeEnvironments()
    {
    }

    /// <summary>Reads a list: kind and environment, then the number of molecules, in words; '#' begins a comment.</summary>
    public ChargeEnvironments(IEnumerable<string> lines)
    {
        foreach (string line in lines.Where(l => l.Length > 0 && l[0] != '#'))
        {
            int last = line.LastIndexOf(' ');
            _counts.Add(line[..last], int.Parse(line[(last + 1)..], CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Counts a molecule's environments, each once.</summary>
    public void Add(Molecule molecule, ChargeGraph graph)
    {
        foreach (string name in Named(molecule, graph).Select(e => e.Name).Distinct())
            _counts[name] = _counts.GetValueOrDefault(name) + 1;
    }

    /// <summary>The list.</summary>
    public override string ToString()
    {
        var text = new StringBuilder("# environments of the training molecules of network.safetensors, and how many molecules have them\n"
            + "# atom: element, neighbours, hydrogens among them, sign of the charge averaged over resonance forms, aromatic or not\n"
            + "# bond: elements, order\n");
        foreach ((string name, int count) in _counts)
            text.Append(CultureInfo.InvariantCulture, $"{name} {count}\n");
        return text.ToString();
    }

    /// <summary>Refuses a molecule with environments outside the list.</summary>
    /// <exception cref="ParameterizationException">It names the first one.</exception>
    public void ThrowIfUnknown(Molecule molecule, ChargeGraph graph)
    {
        (string Name, string Words, int[] Atoms)[] unknown = [.. Named(molecule, graph).Where(e => !_counts.ContainsKey(e.Name))];
        if (unknown.Length > 0)
            throw new ParameterizationException($"no charges for {unknown[0].Words}: no molecule that the charge network was trained on "
                + $"has such; {PartialCharges.Remedy}", [.. unknown.SelectMany(e => e.Atoms).Distinct()]);
    }

    private static IEnumerable<(string Name, string Words, int[] Atoms)> Named(Molecule molecule, ChargeGraph graph)
    {
        const double tolerance = 1e-6;
        for (int i = 0; i < molecule.Atoms.Count; i++)
        {
            Atom atom = molecule.Atoms[i];
            if (graph.IsHydrogen[i])
                continue;
            int neighbours = molecule.Neighbours[i].Length, hydrogens = molecule.Neighbours[i].Count(n => graph.IsHydrogen[n]);
            int sign = Math.Abs(graph.Charges[i]) < tolerance ? 0 : Math.Sign(graph.Charges[i]);
            yield return ($"atom {atom.Symbol} {neighbours} {hydrogens} {(sign == 0 ? "0" : sign > 0 ? "+" : "-")} "
                + (atom.IsAromatic ? "aromatic" : "plain"), $"atom {i + 1} ({(sign == 0 ? "" : sign > 0 ? "positive " : "negative ")}"
                + $"{(atom.IsAromatic ? "aromatic " : "")}{atom.Symbol}, {neighbours} neighbour{(neighbours == 1 ? "" : "s")}, "
                + $"{hydrogens} of them hydrogen)", [i]);
        }
        for (int b = 0; b < molecule.Bonds.Count; b++)
        {
            Bond bond = molecule.Bonds[b];
            if (graph.IsHydrogen[bond.Begin] || graph.IsHydrogen[bond.End])
                continue;
            string[] symbols = [molecule.Atoms[bond.Begin].Symbol, molecule.Atoms[bond.End].Symbol];
            Array.Sort(symbols, StringComparer.Ordinal);
            double order = graph.Forms.Orders[b];
            string kind = bond.IsAromatic ? "aromatic" : order < 1 + tolerance ? "single" : order < 2 - tolerance ? "partial"
                : order < 2 + tolerance ? "double" : "triple";
            yield return ($"bond {symbols[0]} {symbols[1]} {kind}", $"the {kind} bond {symbols[0]}-{symbols[1]} of atoms "
                + $"{bond.Begin + 1} and {bond.End + 1}", [bond.Begin, bond.End]);
        }
    }
}

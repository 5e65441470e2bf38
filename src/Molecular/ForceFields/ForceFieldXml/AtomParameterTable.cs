namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>Parameters by atom type or class; some of them may come from the residue template instead. Of two definitions the later one
/// counts.</summary>
/// <param name="force">The element's name, for messages.</param>
/// <param name="names">Which parameters there are.</param>
internal sealed class AtomParameterTable(string force, params string[] names)
{
    private readonly Dictionary<AtomPattern, (int Order, double[] Values)> _definitions = [];
    private readonly HashSet<string> _fromResidue = [];

    public bool IsEmpty => _definitions.Count == 0 && _fromResidue.Count == 0;

    public IReadOnlyList<string> Names => names;

    public void TakeFromResidue(string name) => _fromResidue.Add(name);

    public bool IsFromResidue(string name) => _fromResidue.Contains(name);

    public void Add(AtomPattern pattern, double[] values) => _definitions[pattern] = (_definitions.Count, values);

    /// <summary>The values for an atom, or null with the reason.</summary>
    public double[]? Find(TemplateAtom atom, out string reason)
    {
        (int Order, double[] Values) found = (-1, []);
        foreach (AtomPattern pattern in new[] { new AtomPattern(atom.Type.Name, null), new(null, atom.Type.Class), new(null, null) })
            if (_definitions.TryGetValue(pattern, out (int Order, double[] Values) definition) && definition.Order > found.Order)
                found = definition;
        var values = new double[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            if (_fromResidue.Contains(names[i]))
            {
                if (atom.Attributes.TryGetValue(names[i], out values[i]))
                    continue;
                reason = $"its template gives no {names[i]}";
                return null;
            }
            if (found.Order < 0)
            {
                reason = $"{force} has no parameters for atom type {atom.Type.Name}";
                return null;
            }
            values[i] = found.Values[i];
        }
        reason = "";
        return values;
    }
}

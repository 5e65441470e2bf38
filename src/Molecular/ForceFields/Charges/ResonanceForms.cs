namespace MolSampling.Molecular.ForceFields.Charges;

/// <summary>
/// Formal charges and bond orders averaged over resonance forms, so that they do not depend on which form was drawn. Forms differ by
/// moving a charge along bonds that are single and double in turn, between atoms of one element with as many neighbours: carboxylates,
/// nitro groups, phosphates, sulfonates, amidinium, guanidinium and vinylogous ones; all forms of each group are enumerated. M. K. Gilson,
/// H. S. R. Gilson, M. J. Potter, J. Chem. Inf. Comput. Sci. 43 (2003) 1982. Aromatic bonds count 1.5, and a charge on a nitrogen of an
/// aromatic ring is shared by the ring's nitrogens with as many neighbours (imidazolium, pyrazolium, azolides).
/// </summary>
internal sealed class ResonanceForms
{
    private const int MostForms = 512; // of one group
    private const int LongestPath = 11; // bonds

    private readonly Molecule _molecule;
    private readonly int[][] _bondsOf;

    private ResonanceForms(Molecule molecule)
    {
        _molecule = molecule;
        Charges = [.. molecule.Atoms.Select(a => (double)a.FormalCharge)];
        Orders = [.. molecule.Bonds.Select(b => b.IsAromatic ? 1.5 : b.Order)];
        _bondsOf = [.. molecule.Atoms.Select((_, i) => Enumerable.Range(0, molecule.Bonds.Count).Where(b =>
            molecule.Bonds[b].Begin == i || molecule.Bonds[b].End == i).ToArray())];
    }

    /// <summary>[N] e.</summary>
    public double[] Charges { get; }

    /// <summary>Of each bond.</summary>
    public double[] Orders { get; }

    public static ResonanceForms Average(Molecule molecule)
    {
        var forms = new ResonanceForms(molecule);
        if (molecule.Atoms.All(a => a.FormalCharge == 0))
            return forms; // nothing moves
        foreach (int[] group in forms.Groups())
            forms.AverageOf(group);
        foreach (int charged in Enumerable.Range(0, molecule.Atoms.Count).Where(forms.IsChargedRingNitrogen))
            forms.ShareInRings(charged);
        return forms;
    }

    private readonly record struct Form(int[] Charges, int[] Orders);

    /// <summary>Atoms that may take part, connected by bonds that are not aromatic.</summary>
    private IEnumerable<int[]> Groups()
    {
        bool[] takesPart = [.. _molecule.Atoms.Select((a, i) => a.FormalCharge != 0 || (a.AtomicNumber == 7 && _bondsOf[i].Length == 3
            && !a.IsAromatic) || _bondsOf[i].Any(b => !_molecule.Bonds[b].IsAromatic && _molecule.Bonds[b].Order == 2))];
        bool[] seen = new bool[takesPart.Length];
        for (int start = 0; start < seen.Length; start++)
        {
            if (seen[start] || !takesPart[start])
                continue;
            var group = new List<int> { start };
            seen[start] = true;
            for (int p = 0; p < group.Count; p++)
                foreach (int other in _bondsOf[group[p]].Where(b => !_molecule.Bonds[b].IsAromatic).Select(b => Other(b, group[p])))
                    if (takesPart[other] && !seen[other])
                    {
                        seen[other] = true;
                        group.Add(other);
                    }
            if (group.Any(i => _molecule.Atoms[i].FormalCharge != 0) && group.Count > 2)
                yield return [.. group];
        }
    }

    private void AverageOf(int[] group)
    {
        int[] bonds = [.. group.SelectMany(i => _bondsOf[i]).Distinct().Where(b => !_molecule.Bonds[b].IsAromatic
            && Array.IndexOf(group, _molecule.Bonds[b].Begin) >= 0 && Array.IndexOf(group, _molecule.Bonds[b].End) >= 0)];
        var forms = new List<Form> { new([.. _molecule.Atoms.Select(a => a.FormalCharge)], [.. _molecule.Bonds.Select(b => b.Order)]) };
        var known = new HashSet<string> { KeyOf(forms[0]) };
        for (int f = 0; f < forms.Count && forms.Count < MostForms; f++)
            foreach (int donor in group.Where(i => Kind(forms[f], i) is { Donor: true }))
                foreach (Form next in Moves(forms[f], donor, [donor], []))
                    if (forms.Count < MostForms && known.Add(KeyOf(next)))
                        forms.Add(next);
        foreach (int i in group)
            Charges[i] = forms.Average(f => f.Charges[i]);
        foreach (int b in bonds)
            Orders[b] = forms.Average(f => f.Orders[b]);

        string KeyOf(Form form) => string.Join(',', group.Select(i => form.Charges[i]).Concat(bonds.Select(b => form.Orders[b])));
    }

    /// <summary>All forms that follow when the donor gives an electron pair along a path that ends at an acceptor.</summary>
    private IEnumerable<Form> Moves(Form form, int donor, int[] atoms, int[] bonds)
    {
        int end = atoms[^1], order = 1 + bonds.Length % 2; // single first
        foreach (int bond in _bondsOf[end])
        {
            int next = Other(bond, end);
            if (_molecule.Bonds[bond].IsAromatic || form.Orders[bond] != order || Array.IndexOf(atoms, next) >= 0
                || bonds.Length == LongestPath)
                continue;
            int[] path = [.. bonds, bond];
            if (order == 2 && Kind(form, next) is { Acceptor: true } kind && kind.Name == Kind(form, donor).Name)
            {
                var moved = new Form([.. form.Charges], [.. form.Orders]);
                moved.Charges[donor]++;
                moved.Charges[next]--;
                for (int k = 0; k < path.Length; k++)
                    moved.Orders[path[k]] = 2 - k % 2;
                yield return moved;
            }
            foreach (Form further in Moves(form, donor, [.. atoms, next], path))
                yield return further;
        }
    }

    /// <summary>What an atom can do; charges move between atoms of one name.</summary>
    private (int Name, bool Donor, bool Acceptor) Kind(Form form, int atom)
    {
        (int element, int degree, int charge) = (_molecule.Atoms[atom].AtomicNumber, _bondsOf[atom].Length, form.Charges[atom]);
        bool isDouble = _bondsOf[atom].Any(b => form.Orders[b] == 2), isAromatic = _molecule.Atoms[atom].IsAromatic;
        int negative = (element, degree) switch
        {
            (8 or 16, 1) or (7, 2) => -1, // of the donor; its acceptor is neutral
            (7, 3) => 0,
            _ => int.MinValue,
        };
        return negative == int.MinValue || isAromatic ? default : (100 * element + degree, charge == negative && !isDouble,
            charge == negative + 1 && isDouble);
    }

    // an N-oxide's charge stays beside its oxygen
    private bool IsChargedRingNitrogen(int atom) => _molecule.Atoms[atom] is { AtomicNumber: 7, IsAromatic: true, FormalCharge: not 0 }
        && _molecule.Neighbours[atom].All(n => _molecule.Atoms[n].FormalCharge == 0);

    private void ShareInRings(int charged)
    {
        int[] sharing = [.. _molecule.Rings.Where(r => Array.IndexOf(r, charged) >= 0 && r.All(i => _molecule.Atoms[i].IsAromatic))
            .SelectMany(r => r).Distinct().Where(i => _molecule.Atoms[i].AtomicNumber == 7 && _bondsOf[i].Length == _bondsOf[charged].Length
                && (i == charged || _molecule.Atoms[i].FormalCharge == 0))];
        double share = (double)_molecule.Atoms[charged].FormalCharge / sharing.Length;
        Charges[charged] -= _molecule.Atoms[charged].FormalCharge;
        foreach (int i in sharing)
            Charges[i] += share;
    }

    private int Other(int bond, int atom) => _molecule.Bonds[bond].Begin == atom ? _molecule.Bonds[bond].End : _molecule.Bonds[bond].Begin;
}

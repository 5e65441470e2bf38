namespace MolSampling.Potentials.Classical;

/// <summary>The distances that a classical system holds, by what holds them in the engine: rigid waters, and stars of bonds to one
/// atom.</summary>
public sealed class HeldDistances
{
    private readonly ClassicalSystem _system;
    private readonly Dictionary<(int I, int J), double> _lengths = [];
    private readonly List<BondStar> _stars = [];

    /// <summary>Sorts them.</summary>
    /// <param name="system">With constraints, or without.</param>
    public HeldDistances(ClassicalSystem system)
    {
        _system = system;
        foreach (ConstraintPair c in system.Constraints)
            _lengths[(Math.Min(c.I, c.J), Math.Max(c.I, c.J))] = c.Length;
        Waters = FindWaters();
        int end = Waters?.First ?? system.AtomCount, ofWaters = 3 * (Waters?.Count ?? 0);
        var others = _lengths.Keys.Where(k => k.J < end).Order().ToArray();
        if (others.Length + ofWaters != _lengths.Count)
            Odd = end;
        FindStars(others);
    }

    /// <summary>The waters that have tables and constraints of their own; null without any.</summary>
    public WaterRun? Waters { get; }

    /// <summary>An atom whose distances the engine cannot hold; null if there is none.</summary>
    public int? Odd { get; private set; }

    /// <summary>For the engine; null if nothing is held.</summary>
    /// <exception cref="ArgumentException">There is an odd one.</exception>
    public IConstraints? ToConstraints()
    {
        ThrowIfOdd();
        var parts = new List<IConstraints>();
        if (_stars.Count > 0)
            parts.Add(new BondStars(_stars));
        if (Waters is { } run)
            parts.Add(new RigidWaters(run.First, run.Count, _system.Masses[run.First], _system.Masses[run.First + 1], run.Bond,
                run.Across));
        return parts.Count > 1 ? new JoinedConstraints(parts) : parts.FirstOrDefault();
    }

    /// <summary>Refuses what the engine cannot hold.</summary>
    /// <exception cref="ArgumentException">There is an odd one.</exception>
    public void ThrowIfOdd()
    {
        if (Odd is { } odd)
            throw new ArgumentException("The engine holds bonds of up to four atoms to one neighbour, and rigid three-site waters, "
                + $"alike and behind all else; what is held at atom {odd} is neither: run the system on OpenMM.");
    }

    private WaterRun? FindWaters()
    {
        int last = _system.AtomCount - 3;
        if (last < 0 || !_lengths.TryGetValue((last, last + 1), out double bond) || !_lengths.TryGetValue((last + 1, last + 2),
            out double across))
            return null;
        int first = last + 3;
        while (first >= 3 && Length(first - 3, first - 2) == bond && Length(first - 3, first - 1) == bond
            && Length(first - 2, first - 1) == across && IsAlike(last, first - 3))
            first -= 3;
        return first == last + 3 ? null : new(first, (_system.AtomCount - first) / 3, bond, across);

        double Length(int i, int j) => _lengths.GetValueOrDefault((i, j), double.NaN);
    }

    private bool IsAlike(int model, int water)
    {
        IReadOnlyList<NonbondedParticle> p = _system.Particles;
        bool hasParticles = p.Count >= _system.AtomCount;
        for (int k = 0; k < 3; k++)
            if (_system.Masses[water + k] != _system.Masses[model + k] || (hasParticles && (p[water + k].Charge != p[model + k].Charge
                || p[water + k].Epsilon != p[model + k].Epsilon || (k == 0 && p[water].Sigma != p[model].Sigma)
                || (k > 0 && p[water + k].Epsilon != 0))))
                return false;
        return _system.Masses[model + 1] == _system.Masses[model + 2] && (!hasParticles || p[model + 1].Charge == p[model + 2].Charge);
    }

    /// <summary>Groups that hang together must have an atom that all of their distances end at.</summary>
    private void FindStars((int I, int J)[] pairs)
    {
        int[] root = [.. Enumerable.Range(0, _system.AtomCount)];
        int Root(int atom) => root[atom] == atom ? atom : root[atom] = Root(root[atom]);
        foreach ((int i, int j) in pairs)
            root[Root(i)] = Root(j);
        IReadOnlyList<double> mass = _system.Masses;
        foreach (var group in pairs.GroupBy(p => Root(p.I)))
        {
            int[] centres = [.. new[] { group.First().I, group.First().J }.Where(c => group.All(p => p.I == c || p.J == c))];
            if (centres.Length == 0 || group.Count() > BondStar.MostLeaves || group.Any(p => p.I == p.J || !(_lengths[p] > 0)))
            {
                Odd ??= group.First().I;
                continue;
            }
            int centre = centres.MaxBy(c => mass[c]);
            int[] leaves = [.. group.Select(p => p.I == centre ? p.J : p.I).Order()];
            _stars.Add(new(centre, mass[centre], leaves, [.. leaves.Select(l => mass[l])], [.. leaves.Select(l => _lengths[(Math.Min(l,
                centre), Math.Max(l, centre))])]));
        }
    }
}

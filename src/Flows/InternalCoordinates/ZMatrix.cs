namespace MolSampling.Flows.InternalCoordinates;

/// <summary>
/// Which atom is placed relative to which: the indices of internal coordinates, without chemistry. It is either global, where the first
/// three atoms have rows with fewer references (atom; atom and bond; atom, bond and angle), or relative to a core of atoms that keep
/// Cartesian coordinates and have no rows. Rows may stand in any order; coordinates are numbered in the order of the rows.
/// </summary>
public sealed class ZMatrix
{
    private readonly Dictionary<int, int> _bondOf;

    /// <summary>Checks the rows and finds the order of placement.</summary>
    /// <param name="rows">One for each atom outside the core.</param>
    /// <param name="core">Atoms that stay Cartesian, at least three; none for a global matrix.</param>
    /// <exception cref="ArgumentException">An atom is missing or stands twice, a reference is out of range, repeated, or never placed
    /// before its row; the message names the row.</exception>
    public ZMatrix(IEnumerable<ZMatrixRow> rows, IEnumerable<int>? core = null)
    {
        Rows = [.. rows];
        Core = [.. core ?? []];
        AtomCount = Rows.Count + Core.Count;
        if (Core.Count is 1 or 2)
            throw new ArgumentException($"A core of {Core.Count} atoms: it takes three to orient the others, or none for a global matrix.",
                nameof(core));
        if (AtomCount < 3)
            throw new ArgumentException($"A z-matrix of {AtomCount} atoms: three are the least.", nameof(rows));
        CheckAtoms();
        int[] start = CheckStart();
        (BondRows, AngleRows, TorsionRows) = ([.. Rows.Where(r => r.Bond >= 0)], [.. Rows.Where(r => r.Angle >= 0)],
            [.. Rows.Where(r => r.Torsion >= 0)]);
        _bondOf = BondRows.ToDictionary(r => r.Atom, r => r.Bond);
        Start = start;
        Levels = FindLevels(start.Length > 0 ? start : Core);
    }

    /// <summary>N, the number of atoms.</summary>
    public int AtomCount { get; }

    /// <summary>In the order in which coordinates are numbered.</summary>
    public IReadOnlyList<ZMatrixRow> Rows { get; }

    /// <summary>The Cartesian atoms, in the order of the core's field; empty for a global matrix.</summary>
    public IReadOnlyList<int> Core { get; }

    /// <summary>The three atoms that carry the frame of a global matrix: first, second, third; empty if there is a core.</summary>
    public IReadOnlyList<int> Start { get; }

    /// <summary>Whether no atom is Cartesian.</summary>
    public bool IsGlobal => Core.Count == 0;

    /// <summary>Indices of rows with a torsion; all atoms of a level are placed at once.</summary>
    public IReadOnlyList<int[]> Levels { get; }

    /// <summary>The rows that have a bond, in order: row of each number of the bonds' field.</summary>
    public IReadOnlyList<ZMatrixRow> BondRows { get; }

    /// <summary>The rows that have an angle, in order.</summary>
    public IReadOnlyList<ZMatrixRow> AngleRows { get; }

    /// <summary>The rows that have a torsion, in order.</summary>
    public IReadOnlyList<ZMatrixRow> TorsionRows { get; }

    /// <summary>
    /// Whether a row's torsion is relative to a sibling (its torsion atom is bonded to its own bond partner), so that it tells the shape of
    /// one centre rather than a turn about a bond. Bonds are those that rows name.
    /// </summary>
    public bool IsImproper(ZMatrixRow row) => row.Torsion >= 0 && (_bondOf.GetValueOrDefault(row.Torsion, -1) == row.Bond
        || _bondOf.GetValueOrDefault(row.Bond, -1) == row.Torsion);

    /// <summary>The column of an atom in the torsions' field.</summary>
    /// <exception cref="ArgumentException">The atom has no torsion.</exception>
    public int TorsionColumn(int atom)
    {
        int column = TorsionRows.Select(r => r.Atom).ToList().IndexOf(atom);
        return column >= 0 ? column : throw new ArgumentException($"Atom {atom} has no torsion.", nameof(atom));
    }

    private void CheckAtoms()
    {
        var seen = new HashSet<int>();
        foreach (int atom in Core)
            if (atom < 0 || atom >= AtomCount || !seen.Add(atom))
                throw new ArgumentException($"Core atom {atom} is {(atom < 0 || atom >= AtomCount ? $"not one of {AtomCount}" : "there twice")}.");
        for (int r = 0; r < Rows.Count; r++)
        {
            ZMatrixRow row = Rows[r];
            int[] references = [.. row.References];
            if (row.Atom < 0 || row.Atom >= AtomCount)
                throw Wrong(r, $"its atom is not one of {AtomCount}");
            if (!seen.Add(row.Atom))
                throw Wrong(r, "its atom is placed twice");
            if (references.Any(a => a >= AtomCount))
                throw Wrong(r, $"it refers to an atom that is not one of {AtomCount}");
            if (references.Append(row.Atom).Distinct().Count() != references.Length + 1)
                throw Wrong(r, "it names an atom twice");
            if ((row.Bond < 0 && row.Angle >= 0) || (row.Angle < 0 && row.Torsion >= 0))
                throw Wrong(r, "a reference is missing before one that is given");
        }
    }

    /// <summary>The first three atoms of a global matrix: each refers to those before it.</summary>
    private int[] CheckStart()
    {
        var start = new List<int>();
        for (int count = 0; count < 3; count++)
        {
            int[] found = [.. Enumerable.Range(0, Rows.Count).Where(r => Rows[r].References.Count() == count)];
            if (!IsGlobal && found.Length > 0)
                throw Wrong(found[0], "beside a core every row has bond, angle and torsion");
            if (IsGlobal && found.Length != 1)
                throw found.Length > 1 ? Wrong(found[1], $"a second row with {count} references")
                    : new ArgumentException($"No row has {count} references: a global z-matrix begins with rows of 0, 1 and 2, and one without them needs a core.");
            if (IsGlobal && Rows[found[0]].References.Any(a => !start.Contains(a)))
                throw Wrong(found[0], "it refers to an atom that is not placed before");
            if (IsGlobal)
                start.Add(Rows[found[0]].Atom);
        }
        return [.. start];
    }

    private List<int[]> FindLevels(IEnumerable<int> placedFirst)
    {
        var placed = placedFirst.ToHashSet();
        var left = Enumerable.Range(0, Rows.Count).Where(r => Rows[r].Torsion >= 0).ToList();
        var levels = new List<int[]>();
        while (left.Count > 0)
        {
            int[] level = [.. left.Where(r => Rows[r].References.All(placed.Contains))];
            if (level.Length == 0)
                throw Wrong(left[0], $"it refers to atom {Rows[left[0]].References.First(a => !placed.Contains(a))}, which cannot be placed before it");
            levels.Add(level);
            left.RemoveAll(level.Contains);
            placed.UnionWith(level.Select(r => Rows[r].Atom));
        }
        return levels;
    }

    private ArgumentException Wrong(int row, string why) => new($"Row {row} ({Rows[row]}): {why}.");
}

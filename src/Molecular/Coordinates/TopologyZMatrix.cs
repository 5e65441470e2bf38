using MolSampling.Flows.InternalCoordinates;
using MolSampling.Molecular.Topologies;

namespace MolSampling.Molecular.Coordinates;

/// <summary>
/// Z-matrices from a bond graph. Atoms are placed breadth first from the middle of the molecule, so that errors of an angle move as few
/// atoms as possible. The first substituent of an atom is placed by a proper torsion about the bond to its parent; further ones relative to
/// that sibling (an improper torsion), so that a methyl turns as a whole by one number and the others hardly correlate with it. Linear
/// groups (nitriles, alkynes) are not treated apart: torsions about a line have no meaning, and configurations near it are near the end of
/// the map's support.
/// </summary>
public static class TopologyZMatrix
{
    /// <summary>The z-matrix of a molecule.</summary>
    /// <param name="topology">One connected molecule of at least three atoms.</param>
    /// <param name="core">Atoms that stay Cartesian, at least three; none for a global matrix.</param>
    /// <exception cref="ArgumentException">There are fewer atoms, or an atom is bonded to no other of the molecule; the message names
    /// it.</exception>
    public static ZMatrix ToZMatrix(this Topology topology, IReadOnlyList<int>? core = null)
    {
        if (topology.Atoms.Count < 3)
            throw new ArgumentException($"A z-matrix of {topology.Atoms.Count} atoms: three are the least.", nameof(topology));
        return new Walk(topology, core ?? []).Run();
    }

    /// <summary>
    /// The torsion columns of each methyl, and each other top of three hydrogens on an atom with one further neighbour: the proper torsion
    /// of the first, then the impropers of the two relative to it. A top that the matrix places otherwise is left out.
    /// </summary>
    public static IReadOnlyList<int[]> MethylColumns(this Topology topology, ZMatrix zMatrix)
    {
        var tops = new List<int[]>();
        ZMatrixRow[] rows = [.. zMatrix.TorsionRows];
        for (int centre = 0; centre < topology.Atoms.Count; centre++)
        {
            int[] neighbours = topology.Neighbours[centre];
            ZMatrixRow[] hydrogens = [.. rows.Where(r => r.Bond == centre && topology.Atoms[r.Atom].AtomicNumber == 1)];
            if (neighbours.Length != 4 || hydrogens.Length != 3 || hydrogens.Select(r => r.Angle).Distinct().Count() != 1)
                continue;
            ZMatrixRow[] first = [.. hydrogens.Where(r => hydrogens.All(h => h.Atom != r.Torsion))];
            if (first.Length == 1 && hydrogens.All(r => r == first[0] || r.Torsion == first[0].Atom))
                tops.Add([zMatrix.TorsionColumn(first[0].Atom), .. hydrogens.Where(r => r != first[0]).Select(r =>
                    zMatrix.TorsionColumn(r.Atom))]);
        }
        return tops;
    }

    /// <summary>The torsion column of the improper that tells the handedness of a centre with four neighbours.</summary>
    /// <param name="topology">The molecule.</param>
    /// <param name="zMatrix">Its matrix.</param>
    /// <param name="centre">For example CA.</param>
    /// <exception cref="ArgumentException">No improper torsion is about that atom.</exception>
    public static int ChiralityColumn(this Topology topology, ZMatrix zMatrix, int centre)
    {
        foreach (ZMatrixRow row in zMatrix.TorsionRows)
            if (row.Bond == centre && topology.Neighbours[centre].Contains(row.Atom) && topology.Neighbours[centre].Contains(row.Angle)
                && topology.Neighbours[centre].Contains(row.Torsion))
                return zMatrix.TorsionColumn(row.Atom);
        throw new ArgumentException($"No improper torsion of the z-matrix is about {topology.Describe(centre)}.", nameof(centre));
    }

    private sealed class Walk(Topology topology, IReadOnlyList<int> core)
    {
        private readonly Dictionary<int, int> _parent = [];
        private readonly Dictionary<int, int> _firstChild = [];
        private readonly List<int> _placed = [];
        private readonly List<ZMatrixRow> _rows = [];

        public ZMatrix Run()
        {
            var queue = new Queue<int>(core.Count > 0 ? Core() : Start());
            while (queue.TryDequeue(out int j))
                foreach (int atom in Substituents(j).Where(a => !_placed.Contains(a)))
                {
                    int k = _parent.TryGetValue(j, out int parent) ? parent : PlacedNeighbour(j, [atom]);
                    // an atom of the core may have no neighbour there
                    if (k < 0)
                        k = _placed.First(a => a != j);
                    int l = _firstChild.TryGetValue(j, out int sibling) && sibling != k ? sibling : Reference(j, k);
                    _firstChild.TryAdd(j, atom);
                    Place(new(atom, j, k, l));
                    _parent[atom] = j;
                    queue.Enqueue(atom);
                }
            if (_placed.Count < topology.Atoms.Count)
                throw new ArgumentException($"{topology.Describe(Enumerable.Range(0, topology.Atoms.Count).First(a => !_placed.Contains(a)))} is not bonded to the rest of the molecule.");
            return new(_rows, core);
        }

        private IEnumerable<int> Core()
        {
            foreach (int atom in core)
                if (atom < 0 || atom >= topology.Atoms.Count)
                    throw new ArgumentException($"Core atom {atom} is not one of {topology.Atoms.Count}.");
            _placed.AddRange(core);
            return core;
        }

        private int[] Start()
        {
            int centre = Centre();
            int[] two = [.. Substituents(centre).Take(2)];
            if (two.Length < 2)
                throw new ArgumentException($"{topology.Describe(centre)} is bonded to {two.Length} atoms: the molecule is not connected.");
            Place(new(centre, -1));
            Place(new(two[0], centre));
            Place(new(two[1], centre, two[0]));
            (_parent[two[0]], _parent[two[1]]) = (centre, centre);
            (_parent[centre], _firstChild[centre]) = (two[0], two[1]);
            return [centre, .. two];
        }

        private void Place(ZMatrixRow row)
        {
            _rows.Add(row);
            _placed.Add(row.Atom);
        }

        /// <summary>The torsion's end: what the axis' far atom hangs on, another neighbour of it, a placed neighbour of j, or any
        /// atom.</summary>
        private int Reference(int j, int k)
        {
            if (_parent.TryGetValue(k, out int end) && end != j)
                return end;
            int l = PlacedNeighbour(k, [j]);
            if (l < 0)
                l = PlacedNeighbour(j, [k]);
            return l >= 0 ? l : _placed.First(a => a != j && a != k);
        }

        private int PlacedNeighbour(int atom, int[] except) =>
            topology.Neighbours[atom].Where(n => _placed.Contains(n) && !except.Contains(n)).OrderByDescending(Weight).ThenBy(n =>
                _placed.IndexOf(n)).FirstOrDefault(-1);

        /// <summary>The backbone first: by number of neighbours, then by element.</summary>
        private IEnumerable<int> Substituents(int atom) => topology.Neighbours[atom].OrderByDescending(Weight).ThenBy(n => n);

        private int Weight(int atom) => 1000 * topology.Neighbours[atom].Length + topology.Atoms[atom].AtomicNumber;

        /// <summary>The atom from which the farthest is nearest, one with at least two neighbours.</summary>
        private int Centre()
        {
            (int Farthest, int Atom) best = (int.MaxValue, -1);
            for (int atom = 0; atom < topology.Atoms.Count; atom++)
                if (topology.Neighbours[atom].Length > 1)
                    best = (Farthest(atom), atom) is var found && found.Item1 < best.Farthest ? found : best;
            return best.Atom >= 0 ? best.Atom
                : throw new ArgumentException($"{topology.Describe(0)} and the others form no molecule of three atoms.");
        }

        private int Farthest(int from)
        {
            var distance = new Dictionary<int, int> { [from] = 0 };
            var queue = new Queue<int>([from]);
            while (queue.TryDequeue(out int atom))
                foreach (int next in topology.Neighbours[atom])
                    if (distance.TryAdd(next, distance[atom] + 1))
                        queue.Enqueue(next);
            return distance.Values.Max();
        }
    }
}

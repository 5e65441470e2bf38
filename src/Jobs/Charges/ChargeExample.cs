using MolSampling.Molecular;
using MolSampling.Molecular.ForceFields.Charges;

namespace MolSampling.Jobs.Charges;

/// <summary>What a molecule is used for.</summary>
internal enum ChargePart
{
    Training,
    Validation,
    Test,
}

/// <summary>How molecules are put into parts.</summary>
internal enum ChargeSplit
{
    /// <summary>By the molecule's graph: analogues of one series fall on both sides.</summary>
    Molecule,

    /// <summary>By its ring systems and what links them (G. W. Bemis, M. A. Murcko, J. Med. Chem. 39 (1996) 2887), bond orders left aside;
    /// by the graph where there are no rings.</summary>
    Rings,
}

/// <summary>A molecule with charges by AM1-BCC.</summary>
internal sealed class ChargeExample
{
    private const int Shares = 10;

    private readonly ulong[] _keys;

    /// <param name="source">Which set it is from.</param>
    /// <param name="name">Within that set.</param>
    /// <param name="molecule">All hydrogens explicit.</param>
    /// <param name="charges">[N] e by method; the first are those to be learned.</param>
    public ChargeExample(string source, string name, Molecule molecule, params (string Method, double[] Charges)[] charges)
    {
        (Source, Name, Molecule, Charges) = (source, name, molecule, charges);
        Graph = new ChargeGraph(molecule);
        _keys = [Graph.Classes.Key, RingKey(molecule) ?? Graph.Classes.Key];
        Targets = new double[2 * Graph.Count];
        for (int i = 0; i < molecule.Atoms.Count; i++)
            Targets[Place(i)] += charges[0].Charges[i] / Weight(Place(i));
    }

    public string Source { get; }

    public string Name { get; }

    public Molecule Molecule { get; }

    public IReadOnlyList<(string Method, double[] Charges)> Charges { get; }

    public ChargeGraph Graph { get; }

    /// <summary>Charges to be learned, means over the heavy atoms of each vertex, then over their hydrogens.</summary>
    public double[] Targets { get; }

    /// <summary>Eight of ten for training, one each for validation and test, by a hash: stereoisomers and resonance forms stay
    /// together.</summary>
    public ChargePart Part(ChargeSplit split) => (_keys[(int)split] % Shares) switch
    {
        < Shares - 2 => ChargePart.Training,
        Shares - 2 => ChargePart.Validation,
        _ => ChargePart.Test,
    };

    /// <summary>Root of the mean square deviation of charges from those to be learned, over this molecule's atoms, e.</summary>
    public double Deviation(double[] charges) => Math.Sqrt(charges.Zip(Charges[0].Charges, (a, b) => (a - b) * (a - b)).Average());

    /// <summary>Atoms in each place of <see cref="Targets"/>.</summary>
    public double Weight(int place) => place < Graph.Count ? Graph.Members[place] : Graph.Hydrogens[place - Graph.Count];

    private int Place(int atom) => Graph.VertexOfAtom[atom] + (Graph.IsHydrogen[atom] ? Graph.Count : 0);

    /// <summary>What is left when ends are cut off until none is left; null if that is nothing.</summary>
    private static ulong? RingKey(Molecule molecule)
    {
        var kept = Enumerable.Range(0, molecule.Atoms.Count).ToHashSet();
        while (kept.RemoveWhere(i => molecule.Neighbours[i].Count(kept.Contains) < 2) > 0)
        {
        }
        int[] atoms = [.. kept.Order()];
        return atoms.Length == 0 ? null : AtomClasses.Of([.. atoms.Select(i => molecule.Atoms[i].AtomicNumber)],
            [.. atoms.Select(i => molecule.Neighbours[i].Where(kept.Contains).Select(n => Array.BinarySearch(atoms, n)).ToArray())]).Key;
    }
}

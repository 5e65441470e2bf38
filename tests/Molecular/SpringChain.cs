using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;

namespace MolSampling.Tests.Molecular;

/// <summary>
/// A straight alkane of bonds, angles and torsions, in which nothing keeps hydrogens apart. A turn about a bond changes that bond's torsion
/// alone, so the torsions are independent of one another and of all else, each of the law exp(-V / RT), which is a quadrature.
/// tests/Potentials/Torch/scripts/make.py writes butane of it for torch.
/// </summary>
internal static class SpringChain
{
    private const double Once = 2, Thrice = 6, Methyl = 2; // kJ/mol of k (1 + cos n phi)

    /// <summary>Of a chain without branches.</summary>
    public static ForceFieldPotential Of(RDKitMolecule molecule)
    {
        IReadOnlyList<Atom> atoms = molecule.Molecule.Atoms;
        IReadOnlyList<Bond> bonds = molecule.Molecule.Bonds;
        bool Heavy(int a) => atoms[a].AtomicNumber > 1;
        int[][] near = [.. atoms.Select((_, a) => bonds.Where(b => b.Begin == a || b.End == a).Select(b => b.Begin + b.End
            - a).ToArray())];
        int Next(int a, int from) => near[a].Where(x => x != from && Heavy(x)).DefaultIfEmpty(-1).First();

        int[][] angles = [.. near.SelectMany((around, j) => around.SelectMany(i => around.Where(k => i < k).Select(k => new[] { i, j, k })))];
        List<(int[] Atoms, double[] Row)> torsions = [];
        foreach (Bond bond in bonds.Where(b => Heavy(b.Begin) && Heavy(b.End)))
        {
            (int i, int j, int k, int l) = (Next(bond.Begin, bond.End), bond.Begin, bond.End, Next(bond.End, bond.Begin));
            if (i >= 0 && l >= 0)
                torsions.Add(([i, j, k, l], PeriodicTorsion.Row([(1, 0, Once), (3, 0, Thrice)])));
            else
            {
                (int end, int middle, int far) = i < 0 ? (j, k, l) : (k, j, i);
                torsions.AddRange(near[end].Where(a => a != middle).Select(h => (new[] { h, end, middle, far },
                    PeriodicTorsion.Row([(3, 0, Methyl)]))));
            }
        }
        return new(new([.. atoms.Select(a => a.Mass)],
        [
            new TwoBodyTable<HarmonicBond>([.. bonds.SelectMany(b => new[] { b.Begin, b.End })],
                [.. bonds.SelectMany(b => Heavy(b.Begin) && Heavy(b.End) ? new[] { 259_408, 0.1526 } : [284_512, 0.109])]),
            new ThreeBodyTable<HarmonicAngle>([.. angles.SelectMany(a => a)],
                [.. angles.SelectMany(a => new[] { a.Count(Heavy) switch { 3 => 334.7, 2 => 418.4, _ => 292.9 }, 109.5 * Math.PI / 180 })]),
            new FourBodyTable<PeriodicTorsion>([.. torsions.SelectMany(t => t.Atoms)], [.. torsions.SelectMany(t => t.Row)]),
        ]));
    }

    /// <summary>Share of a torsion of four carbons beyond 120 degrees at 300 K.</summary>
    /// <param name="offset">On the barrier to cis, for power cases.</param>
    public static double Trans(double offset = 0)
    {
        const int n = 100_000;
        double beta = 1 / (300 * Units.GasConstant), all = 0, trans = 0;
        for (int i = 0; i < n; i++)
        {
            double phi = 2 * Math.PI * (i + 0.5) / n,
                w = Math.Exp(-beta * ((Once + offset) * (1 + Math.Cos(phi)) + Thrice * (1 + Math.Cos(3 * phi))));
            all += w;
            trans += Math.Cos(phi) < -0.5 ? w : 0;
        }
        return trans / all;
    }
}

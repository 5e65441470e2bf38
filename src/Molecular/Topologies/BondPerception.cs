namespace MolSampling.Molecular.Topologies;

/// <summary>Bonds from a geometry alone, without orders: heavy atoms nearer than 1.2 times the sum of their covalent radii, and every
/// hydrogen to its nearest heavy atom.</summary>
public static class BondPerception
{
    private const double Stretch = 1.2; // the longest usual bonds are within it, and cage contacts such as C..C in bicyclopentane beyond

    /// <summary>Bonds from distances: heavy atoms that are near enough for their radii, then hydrogens.</summary>
    /// <param name="atomicNumbers">[N].</param>
    /// <param name="positions">[N, 3] nm.</param>
    /// <param name="source">What an error names.</param>
    /// <exception cref="MoleculeFormatException">An element has no radius, or there is no heavy atom.</exception>
    public static IReadOnlyList<TopologyBond> Perceive(IReadOnlyList<int> atomicNumbers, ReadOnlySpan<float> positions, string source)
    {
        int[] heavy = [.. Enumerable.Range(0, atomicNumbers.Count).Where(a => atomicNumbers[a] > 1)];
        if (heavy.Length == 0)
            throw new MoleculeFormatException(source, 0, "a geometry of hydrogens alone has no bonds to perceive");
        double[] radii = [.. atomicNumbers.Select(z => CovalentRadius.Of(z) ?? throw new MoleculeFormatException(source, 0,
            $"there is no covalent radius for {ChemicalElement.Symbol(z)}, so its bonds cannot be told from distances"))];
        var bonds = new List<TopologyBond>();
        for (int n = 0; n < heavy.Length; n++)
            for (int m = 0; m < n; m++)
                if (Distance(positions, heavy[m], heavy[n]) < Stretch * (radii[heavy[m]] + radii[heavy[n]]))
                    bonds.Add(new(heavy[m], heavy[n]));
        for (int h = 0; h < atomicNumbers.Count; h++)
        {
            if (atomicNumbers[h] > 1)
                continue;
            int nearest = heavy[0];
            foreach (int atom in heavy)
                if (Distance(positions, h, atom) < Distance(positions, h, nearest))
                    nearest = atom;
            bonds.Add(new(nearest, h));
        }
        return bonds;
    }

    private static double Distance(ReadOnlySpan<float> x, int a, int b)
    {
        double dx = x[3 * a] - x[3 * b], dy = x[3 * a + 1] - x[3 * b + 1], dz = x[3 * a + 2] - x[3 * b + 2];
        return Math.Sqrt(dx * dx + dy * dy + dz * dz);
    }
}

namespace MolSampling.Molecular.Topologies;

/// <summary>Heavier hydrogens, so that the step of integration may be longer; configurations do not depend on masses.</summary>
internal static class HydrogenMass
{
    /// <summary>Hydrogens get a mass at the expense of the atom they sit on; water stays as it is.</summary>
    /// <param name="masses">[N] Da.</param>
    /// <param name="topology">Who sits on whom.</param>
    /// <param name="hydrogenMass">Da; 0 leaves all as they are.</param>
    /// <exception cref="ParameterizationException">An atom would become massless.</exception>
    public static double[] Repartition(IReadOnlyList<double> masses, Topology topology, double hydrogenMass)
    {
        double[] result = [.. masses];
        for (int h = 0; h < result.Length && hydrogenMass > 0; h++)
        {
            if (topology.Atoms[h].AtomicNumber != 1 || topology.Residues[topology.Atoms[h].ResidueIndex].Name == "HOH")
                continue;
            int heavy = topology.Neighbours[h].Where(n => topology.Atoms[n].AtomicNumber > 1).DefaultIfEmpty(-1).First();
            if (heavy < 0)
                continue;
            result[heavy] -= hydrogenMass - result[h];
            result[h] = hydrogenMass;
            if (result[heavy] < 1)
                throw new ParameterizationException(
                    $"a hydrogen mass of {hydrogenMass} Da leaves {topology.Describe(heavy)} with {result[heavy]:g3} Da: choose --hydrogen-mass smaller", [heavy]);
        }
        return result;
    }
}

using MolSampling.Molecular.Topologies;
using MolSampling.Potentials.Classical;
using MolSampling.Potentials.Terms;

namespace MolSampling.Molecular.ForceFields;

/// <summary>
/// What the models with necks give to elements of proteins: descreening factors, and with GBn2 coefficients of the Born radius. J. Mongan,
/// C. Simmerling, J. A. McCammon, D. A. Case, A. Onufriev, J. Chem. Theory Comput. 3 (2007) 156; H. Nguyen, D. R. Roe, C. Simmerling, J.
/// Chem. Theory Comput. 9 (2013) 2020; the numbers are those of Amber's sander and OpenMM. GBn2's sulphur has a negative factor: its sphere
/// gives back, by OpenMM's rule from the distance rho + |s| on, where the energy has a small step; Amber has a series without one.
/// </summary>
internal static class NeckElements
{
    private static readonly BornCoefficients s_oxygen = new(0.867814, 0.876635, 0.387882); // sulphur's, too

    private static readonly HashSet<string> s_nucleotides = ["A", "C", "G", "U", "DA", "DC", "DG", "DT"];

    private static readonly Dictionary<int, (double Gbn, double Gbn2, BornCoefficients Coefficients)> s_elements = new()
    {
        [1] = (1.09085413633, 1.425952, new(0.788440, 0.798699, 0.437334)),
        [6] = (0.484353823306, 1.058554, new(0.733756, 0.506378, 0.205844)),
        [7] = (0.700147318409, 0.733599, new(0.503364, 0.316828, 0.192915)),
        [8] = (1.06557401132, 1.061039, s_oxygen),
        [16] = (0.602256336067, -0.703469, s_oxygen),
    };

    /// <summary>A solvent with necks from radii.</summary>
    /// <exception cref="ParameterizationException">An element or a radius that the model has not; names the atom.</exception>
    public static GeneralizedBornParameters Solvent(BornModel model, Topology topology, IReadOnlyList<double> radii)
    {
        var scales = new List<double>();
        var coefficients = new List<BornCoefficients>();
        for (int i = 0; i < topology.Atoms.Count; i++)
        {
            TopologyAtom atom = topology.Atoms[i];
            if (!s_elements.TryGetValue(atom.AtomicNumber, out (double Gbn, double Gbn2, BornCoefficients Coefficients) element))
                throw Missing($"has no parameters for {atom.Symbol} ({topology.Describe(i)}): it knows H, C, N, O and S");
            if (model == BornModel.Gbn2 && s_nucleotides.Contains(topology.Residues[atom.ResidueIndex].Name))
                throw Missing($"is here for proteins, not for {topology.Describe(i)}");
            if (!NeckTable.Has(radii[i]))
                throw Missing(FormattableString.Invariant(
                    $"knows radii from 1 to 2 Angstrom; {topology.Describe(i)} has {10 * radii[i]:0.###}"));
            scales.Add(model == BornModel.Gbn ? element.Gbn : element.Gbn2);
            coefficients.Add(element.Coefficients);
            ParameterizationException Missing(string what) => new($"the solvent {model.Name()} {what}", [i]);
        }
        return new(model, radii, scales) { Coefficients = model == BornModel.Gbn ? null : coefficients };
    }
}

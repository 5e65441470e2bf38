using MolSampling.Potentials.Classical;

namespace MolSampling.Molecular.ForceFields.ForceFieldXml;

/// <summary>What the files of a force field define, in the order of the files.</summary>
internal sealed class ForceFieldTables
{
    public Dictionary<string, AtomType> Types { get; } = [];

    public Dictionary<string, ResidueTemplate> Templates { get; } = [];

    public List<BondDefinition> Bonds { get; } = [];

    public List<AngleDefinition> Angles { get; } = [];

    public List<TorsionDefinition> Propers { get; } = [];

    public List<TorsionDefinition> Impropers { get; } = [];

    public AtomParameterTable Nonbonded { get; } = new("NonbondedForce", "charge", "sigma", "epsilon");

    public AtomParameterTable Born { get; } = new("GBSAOBCForce", "radius", "scale");

    /// <summary>Factors on 1-4 interactions; null before a file has given them.</summary>
    public (double Coulomb, double LennardJones)? Scale14 { get; set; }

    /// <summary>A solvent whose radii follow from elements and bonds; null where a table or nothing gives them.</summary>
    public BornModel? BornModel { get; set; }
}

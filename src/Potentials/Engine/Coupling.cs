namespace MolSampling.Potentials.Engine;

/// <summary>How far each walker's solute is coupled to what surrounds it: 1 wholly, 0 not at all.</summary>
/// <param name="charges">Factor of the solute's charges.</param>
/// <param name="lennardJones">Of its Lennard-Jones interactions.</param>
internal readonly struct Coupling<T>(T charges, T lennardJones) where T : unmanaged, ILane<T>
{
    public readonly T Charges = charges, LennardJones = lennardJones;
}

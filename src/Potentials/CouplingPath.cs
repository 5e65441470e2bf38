namespace MolSampling.Potentials;

/// <summary>From a solute that is whole in its solvent (scale 1) to one that is not there (0): first charges go, then Lennard-Jones, so no
/// charge is ever without a core.</summary>
/// <param name="ChargesFrom">Scale at which the charges are gone.</param>
public sealed record CouplingPath(double ChargesFrom = 0.5)
{
    /// <summary>Factor of the charges.</summary>
    public double Charges(double scale) => Math.Clamp((scale - ChargesFrom) / (1 - ChargesFrom), 0, 1);

    /// <summary>Factor of Lennard-Jones.</summary>
    public double LennardJones(double scale) => Math.Clamp(scale / ChargesFrom, 0, 1);

    /// <summary>The scale at which the charges have this factor, and Lennard-Jones is whole.</summary>
    public double OfCharges(double factor) => ChargesFrom + (1 - ChargesFrom) * factor;

    /// <summary>The scale at which Lennard-Jones has this factor, and the charges are gone.</summary>
    public double OfLennardJones(double factor) => ChargesFrom * factor;
}

namespace MolSampling.Potentials.Engine;

/// <summary>How a table's energy depends on the coupling of a solute.</summary>
internal enum CouplingDependence
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>A polynomial of second degree in the factor of the charges, and on nothing else.</summary>
    SquareOfCharges,

    /// <summary>In its own way.</summary>
    Any,
}

namespace MolSampling.Flows.Targets;

/// <summary>With respect to what a target's log Z is meant.</summary>
public enum TargetMeasure
{
    /// <summary>dx over all D coordinates.</summary>
    Lebesgue,

    /// <summary>dx over the D - d directions that leave the centre of N points in d dimensions at rest (orthonormal); the density does not
    /// depend on the centre.</summary>
    CentreAtRest,

    /// <summary>
    /// dx over all D coordinates, divided by the volume V 8 pi^2 of rigid motions in space: the gauge of
    /// <see cref="InternalCoordinates.InternalCoordinateMap"/>, lengths in nm. The
    /// density does not depend on rigid motions.
    /// </summary>
    ModuloRigidMotions,

    /// <summary>Volume of spheres S^3 of unit quaternions, 2 pi^2 each: both signs of an orientation count.</summary>
    Orientations,
}
